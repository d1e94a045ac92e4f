"use client";

import { useState } from "react";
import { initials } from "@/components/ui/Face";
import { Menu } from "@/components/ui/Menu";
import { MenuItem } from "@/components/ui/MenuItem";
import { applyTheme, readTheme, type Theme } from "./theme";

const THEMES = [
  { value: "system", label: "Theme of the system", icon: "monitor" },
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
] as const;

export function AccountMenu({ name, email }: { name: string; email: string }) {
  const [theme, setTheme] = useState<Theme | null>(null);
  const shown =
    theme ?? (typeof document === "undefined" ? "system" : readTheme(document.documentElement.dataset.theme));

  function choose(next: Theme) {
    applyTheme(next);
    setTheme(next);
  }

  return (
    <Menu label={`${initials(name)}: account of ${name}`} triggerClass="me" trigger={initials(name)}>
      <div className="nav-h">
        <b className="block">{name}</b>
        {email}
      </div>
      <hr />
      <div role="group" aria-label="Theme">
        {THEMES.map((one) => (
          <MenuItem key={one.value} icon={one.icon} checked={shown === one.value} onSelect={() => choose(one.value)}>
            {one.label}
          </MenuItem>
        ))}
      </div>
      <hr />
      <MenuItem icon="user" href="/account">
        Account
      </MenuItem>
      <MenuItem icon="log-out" onSelect={signOut}>
        Sign out
      </MenuItem>
    </Menu>
  );
}

/** Ends the session on the server too; next-auth's own client is loaded only now. */
async function signOut() {
  const client = await import("next-auth/react");
  await client.signOut({ callbackUrl: "/sign-in" });
}
