/** "system" follows the browser; the others are kept in a cookie, so that the server's first byte has them. */
export type Theme = "system" | "light" | "dark";

export const THEME_COOKIE = "holdfast-theme";
const YEAR_SECONDS = 365 * 24 * 3600;

export function readTheme(value: string | undefined): Theme {
  return value === "light" || value === "dark" ? value : "system";
}

/** Shows the theme at once and remembers it. */
export function applyTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset.theme;
  else dataset.theme = theme;
  const age = theme === "system" ? 0 : YEAR_SECONDS;
  document.cookie = `${THEME_COOKIE}=${theme}; path=/; max-age=${age}; samesite=lax`;
}
