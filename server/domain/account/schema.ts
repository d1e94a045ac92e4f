import * as z from "zod/mini";
import { Id, RoleView, shortText } from "../common/schema";

export const PASSWORD_MIN_LENGTH = 12;
export const PASSWORD_MAX_LENGTH = 200;

/** Stored lower case; compared lower case. */
export const Email = z
  .string()
  .check(z.trim(), z.toLowerCase(), z.maxLength(254), z.email("must be an e-mail address"));
/** A password that somebody chooses. */
export const NewPassword = z
  .string()
  .check(
    z.minLength(PASSWORD_MIN_LENGTH, `must have at least ${PASSWORD_MIN_LENGTH} characters`),
    z.maxLength(PASSWORD_MAX_LENGTH, `must have at most ${PASSWORD_MAX_LENGTH} characters`),
  );
export const PersonName = shortText(64);

/** What the sign-in form sends. */
export const SignIn = z.object({
  email: z.string().check(z.minLength(1), z.maxLength(254)),
  password: z.string().check(z.minLength(1), z.maxLength(PASSWORD_MAX_LENGTH)),
});
export type SignIn = z.infer<typeof SignIn>;

export const UpdateAccount = z.object({ name: PersonName });
export type UpdateAccount = z.infer<typeof UpdateAccount>;
export const ChangePassword = z.object({ currentPassword: z.string(), newPassword: NewPassword });
export type ChangePassword = z.infer<typeof ChangePassword>;
export const RevokeSession = z.object({ sessionId: Id });
export type RevokeSession = z.infer<typeof RevokeSession>;

/** Who is signed in and where they belong: feeds the frame (switcher, account menu). */
export const Me = z.object({
  id: Id,
  name: z.string(),
  email: z.string(),
  sessionExpiresAt: z.date(),
  /** A one-time password was used: the account page asks for an own one. */
  mustChangePassword: z.boolean(),
  organizations: z.array(
    z.object({
      id: Id,
      name: z.string(),
      roles: z.array(RoleView),
      /** Projects this person can see, by name; `isMember` false: seen through an organization role only. */
      projects: z.array(z.object({ id: Id, name: z.string(), isMember: z.boolean(), roles: z.array(RoleView) })),
    }),
  ),
});
export type Me = z.infer<typeof Me>;

export const SessionView = z.object({
  id: Id,
  isCurrent: z.boolean(),
  createdAt: z.date(),
  lastSeenAt: z.date(),
  expiresAt: z.date(),
  ip: z.nullable(z.string()),
  userAgent: z.nullable(z.string()),
});
export type SessionView = z.infer<typeof SessionView>;
