import {
  type handleUnaryCall,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import messages, {
  type AboutRequest,
  type GetProgramDependenciesRequest,
  type GetRequiredPackagesRequest,
  type InstallDependenciesRequest,
  type LanguageHandshakeRequest,
  type RunRequest,
} from '@pulumi/pulumi/proto/language_pb.js';
import plugins from '@pulumi/pulumi/proto/plugin_pb.js';
import empty, { type Empty } from 'google-protobuf/google/protobuf/empty_pb.js';
import { requiredPackages } from './required-packages.ts';
import { programStart, runProgram } from './run-program.ts';

/**
 * What Pulumi's engine asks of a language host (pulumi/language.proto), as far as deploying needs it. Generating code and
 * packing SDKs stay unimplemented, which the engine understands.
 * @param engine where the engine listens.
 * @param cancelled ends a program that runs.
 */
export function languageRuntime(engine: string, cancelled: AbortController): UntypedServiceImplementation {
  return {
    handshake: unary<LanguageHandshakeRequest, unknown>(async () => new messages.LanguageHandshakeResponse()),
    getPluginInfo: unary<Empty, unknown>(async () => new plugins.PluginInfo().setVersion('')),
    getRequiredPackages: unary<GetRequiredPackagesRequest, unknown>(async (request) => {
      const packages = await requiredPackages(request.getInfo()?.getProgramDirectory() ?? '.');
      return new messages.GetRequiredPackagesResponse().setPackagesList(
        packages.map(({ name, version }) =>
          new plugins.PackageDependency().setName(name).setKind('resource').setVersion(version),
        ),
      );
    }),
    run: unary<RunRequest, unknown>(async (request) => {
      const end = await runProgram(programStart(request, engine), cancelled.signal);
      return new messages.RunResponse().setError(end.error).setBail(end.bail);
    }),
    about: unary<AboutRequest, unknown>(async () =>
      new messages.AboutResponse().setExecutable(process.execPath).setVersion(process.version),
    ),
    getProgramDependencies: unary<GetProgramDependenciesRequest, unknown>(
      async () =>
        // Only `pulumi about` asks; package-lock.json is the better answer.
        new messages.GetProgramDependenciesResponse(),
    ),
    installDependencies: (call: ServerWritableStream<InstallDependenciesRequest, unknown>) => {
      call.write(
        new messages.InstallDependenciesResponse().setStdout(Buffer.from('npm ci installs the dependencies.\n')),
      );
      call.end();
    },
    cancel: unary<Empty, unknown>(async () => {
      cancelled.abort();
      return new empty.Empty();
    }),
  };
}

function unary<Request, Response>(answer: (request: Request) => Promise<Response>): handleUnaryCall<Request, Response> {
  return ({ request }: ServerUnaryCall<Request, Response>, respond) => {
    answer(request).then(
      (response) => respond(null, response),
      (error: unknown) =>
        respond({ code: status.UNKNOWN, message: error instanceof Error ? error.message : String(error) }),
    );
  };
}
