import NextAuth from "next-auth";
import { authOptions } from "@/server/auth/next-auth";

export const dynamic = "force-dynamic";

interface Segment {
  params: Promise<{ nextauth: string[] }>;
}

function handler(request: Request, segment: Segment): Promise<Response> {
  return NextAuth(authOptions())(request, segment) as Promise<Response>;
}

export { handler as GET, handler as POST };
