/**
 * Loaded before a child's own program (node --import): when the supervisor is gone, killed without a chance to say
 * so, the child ends as if it had been asked to, and no later than 15 seconds after that.
 */
const GRACE_MS = 15_000;

if (process.channel) {
  process.once("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.exit(1), GRACE_MS).unref();
  });
  process.channel.unref();
}
