import java.nio.file.Files;
import java.nio.file.Path;
import org.wso2.config.mapper.ConfigParser;

/**
 * Has the config mapper of WSO2's servers render what a server would start from. Arguments: the folder with templates and rules, then
 * for each deployment.toml the file and the folder for what comes of it. What ends a server's start is written beside that folder.
 */
public class RenderConfiguration {
    public static void main(String[] arguments) throws Exception {
        for (int next = 1; next + 1 < arguments.length; next += 2) {
            try {
                ConfigParser.parse(arguments[next], arguments[0], arguments[next + 1]);
            } catch (Exception | StackOverflowError failure) {
                String message = failure.getMessage();
                Files.writeString(Path.of(arguments[next + 1] + ".failure"), message == null ? failure.toString() : message);
            }
        }
    }
}
