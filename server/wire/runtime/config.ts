import { z } from "zod";

/** What one embedded cluster is told when it starts; arrives as one line of JSON on stdin. */
export const ServerConfig = z.object({
  dataDir: z.string().min(1),
  host: z.string().default("127.0.0.1"),
  /** 0 takes any free port. */
  port: z.number().int().min(0).max(65535).default(0),
  /** The release it poses as. */
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+/)
    .default("8.0.4"),
  fcv: z
    .string()
    .regex(/^\d+\.\d+$/)
    .default("8.0"),
  fcvPinned: z.boolean().default(false),
  replicaSetName: z.string().min(1).default("rs0"),
  /** Created at the first start with the role root; without one nobody has to log in. */
  rootUser: z.object({ user: z.string().min(1), password: z.string().min(1) }).optional(),
  storageLimitBytes: z.number().int().positive().optional(),
  oplogBytesMax: z
    .number()
    .int()
    .positive()
    .default(1024 ** 3),
  /** How long one step of an index build may hold up everybody else. */
  indexBuildStepMs: z.number().positive().default(40),
  /** Allows configureFailPoint. */
  testCommands: z.boolean().default(false),
});
export type ServerConfig = z.output<typeof ServerConfig>;
export type ServerConfigInput = z.input<typeof ServerConfig>;
