import pino, { type Logger } from "pino";
import { env } from "./env";

/** Names under which a secret may travel, at the top and one level down. */
const secretNames = [
  "password",
  "passwordHash",
  "privateKey",
  "connectionString",
  "uri",
  "token",
  "secret",
  "authorization",
  "cookie",
  "databaseUrl",
];

const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** Connection strings inside free text: everything between the scheme and the last `@` before a slash or a space. */
const credentialsInText = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+(?::[^\s/]*)?@/gi;

/** Text with the credentials of every address in it replaced; for messages of foreign errors. */
export function redactText(text: string): string {
  return text.replace(credentialsInText, "$1<redacted>@");
}

/** The same for every text in a serialized error: its message, its stack, those of its causes. */
function redactStrings(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(redactStrings);
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactStrings(inner)]));
}

/** JSON lines on standard output; secrets are cut out by name, and credentials of addresses in error messages. */
export function createLogger(destination?: pino.DestinationStream): Logger {
  return pino(
    {
      level: env.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: "<redacted>" },
      serializers: {
        err: (error: Error) => redactStrings(pino.stdSerializers.errWithCause(error)),
      },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
}

export const logger: Logger = createLogger();
