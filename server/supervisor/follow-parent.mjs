/**
 * Loaded before a child's own program (node --import): when the supervisor is gone, killed without a chance to say
 * so, the child ends as if it had been asked to, and no later than 15 seconds after that. A program that the child
 * forks with the same options (`next dev` does) loads it too and follows the child.
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
