import "./globals.css";
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { readTheme, THEME_COOKIE } from "@/components/frame/theme";
import { fontClasses } from "./fonts";

export const metadata: Metadata = {
  title: { default: "Holdfast", template: "%s | Holdfast" },
  description: "Backups and restores for MongoDB, with restores that are proven.",
};

export const viewport: Viewport = { colorScheme: "light dark" };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = readTheme((await cookies()).get(THEME_COOKIE)?.value);
  return (
    <html lang="en" className={fontClasses} data-theme={theme === "system" ? undefined : theme}>
      <body>{children}</body>
    </html>
  );
}
