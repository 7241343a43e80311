// Pulumi's host for programs in Node.js, as a small gRPC server: the one that Pulumi ships comes only with its installer.
// The engine starts it, reads its port from stdout and speaks pulumi/language.proto to it.
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { LanguageRuntimeService } from '@pulumi/pulumi/proto/language_grpc_pb.js';
import { languageRuntime } from './service.ts';

const engine = process.argv.slice(2).find((argument) => !argument.startsWith('-'));
if (!engine) {
  process.stderr.write('pulumi-language-nodejs: this is started by Pulumi, with the address of its engine.\n');
  process.exit(2);
}

// An engine that was killed cannot say goodbye, and its plugins are in process groups of their own.
const cancelled = new AbortController();
const parent = process.ppid;
setInterval(() => {
  if (process.ppid === parent) return;
  cancelled.abort();
  process.exit(1);
}, 500).unref();

const server = new Server({ 'grpc.max_receive_message_length': 400 * 1024 * 1024 });
server.addService(LanguageRuntimeService, languageRuntime(engine, cancelled));
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
