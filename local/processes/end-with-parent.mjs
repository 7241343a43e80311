// Preloaded into every server of the local environment: when the process that started it is gone, however it went,
// the server ends as on SIGTERM. Production's servers are started without this.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
