import type { NextAuthOptions } from "next-auth";
import { decode } from "next-auth/jwt";
import CredentialsProvider from "next-auth/providers/credentials";
import { installationKey } from "@/server/platform/crypto";
import { env } from "@/server/platform/env";
import { DomainError } from "@/server/platform/errors/domain-error";
import { logger } from "@/server/platform/logger";
import { once } from "@/server/platform/once";
import { headerBag, originOf } from "./request-origin";
import { findLiveSession, LIFETIME_MS, revokeSession } from "./sessions";
import { signIn } from "./sign-in";

/** Cookies are sent over TLS alone where people reach us over TLS. */
const secureCookies = env.publicUrl.startsWith("https:");
export const SESSION_COOKIE = `${secureCookies ? "__Secure-" : ""}next-auth.session-token`;

const secret = (): string => installationKey().derive("next-auth").toString("base64");

/**
 * The cookie holds a signed and encrypted token that names a Session row; the row decides. next-auth brings the
 * sign-in form's CSRF token and the cookies' attributes (HttpOnly, SameSite=Lax).
 */
export const authOptions: () => NextAuthOptions = once("next-auth", () => ({
  secret: secret(),
  useSecureCookies: secureCookies,
  session: { strategy: "jwt", maxAge: LIFETIME_MS / 1000 },
  pages: { signIn: "/sign-in", error: "/sign-in" },
  providers: [
    CredentialsProvider({
      credentials: { email: { type: "email" }, password: { type: "password" } },
      authorize: async (credentials, request) => {
        const email = credentials?.email ?? "";
        const password = credentials?.password ?? "";
        if (email.length > 254 || password.length > 200) throw new Error("SIGN_IN_FAILED");
        try {
          const { user, session } = await signIn({ email, password }, originOf(headerBag(request.headers)));
          return { ...user, sessionId: session.id };
        } catch (error) {
          if (error instanceof DomainError) throw new Error(error.code);
          logger.error({ err: error }, "a sign-in could not be checked");
          throw new Error("INTERNAL");
        }
      },
    }),
  ],
  callbacks: {
    jwt: ({ token, user }) => {
      if (user && "sessionId" in user) return { sub: user.id, sessionId: user.sessionId };
      return token;
    },
    session: async ({ session, token }) => {
      const live = await findLiveSession(String(token.sessionId));
      if (!live) return { expires: new Date(0).toISOString() };
      return { expires: live.expiresAt.toISOString(), user: { name: session.user?.name ?? null } };
    },
  },
  events: {
    signOut: async ({ token }) => {
      if (token?.sub && token.sessionId) await revokeSession(token.sub, String(token.sessionId));
    },
  },
  logger: {
    error: (code, metadata) => {
      if (code !== "CALLBACK_CREDENTIALS_HANDLER_ERROR") logger.warn({ code, metadata }, "next-auth");
    },
    warn: (code) => logger.debug({ code }, "next-auth"),
    debug: () => undefined,
  },
}));

/** The id of the session that a request's cookies name; null without a token of ours. The row must still be asked. */
export async function readSessionId(cookie: (name: string) => string | undefined): Promise<string | null> {
  const token = joinChunks(cookie);
  if (!token) return null;
  try {
    const decoded = await decode({ token, secret: secret() });
    return typeof decoded?.sessionId === "string" ? decoded.sessionId : null;
  } catch {
    return null;
  }
}

/** next-auth cuts a token that is too long for one cookie into `name.0`, `name.1`, … */
function joinChunks(cookie: (name: string) => string | undefined): string | undefined {
  const whole = cookie(SESSION_COOKIE);
  if (whole) return whole;
  let joined = "";
  for (let index = 0, part; (part = cookie(`${SESSION_COOKIE}.${index}`)); index++) joined += part;
  return joined || undefined;
}
