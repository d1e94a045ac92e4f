/**
 * Loaded before a child's own program (node --import): when the supervisor is gone, killed without a chance to say
 * so, the child ends as if it had been asked to, and no later than 15 seconds after that. Programs that the child
 * forks with its own options (`next dev`, `node --watch`) load it too and follow the child.
 */
const GRACE_MS = 15_000;

if (process.channel) {
  process.once("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.exit(1), GRACE_MS).unref();
  });
  // Our listener keeps nobody running; one who waits for messages is kept, as it would be without us.
  process.channel.unref();
  process.on("newListener", (event) => {
    if (event === "message") process.channel?.ref();
  });
}
