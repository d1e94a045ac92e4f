import { AtlasError } from "./atlas-error";
import type { Link } from "./links";

/** Which part of a list was asked for. */
export interface PageRequest {
  /** From 1. */
  pageNum: number;
  /** 1 to 500. */
  itemsPerPage: number;
  includeCount: boolean;
}

export interface PageBody {
  links: Link[];
  results: unknown[];
  totalCount?: number;
}

const ITEMS_PER_PAGE_DEFAULT = 100;
const ITEMS_PER_PAGE_MAX = 500;

/** Reads pageNum, itemsPerPage and includeCount; 400 INVALID_QUERY_PARAMETER out of range. Empty means not given. */
export function readPage(query: URLSearchParams): PageRequest {
  return {
    pageNum: readInteger(query, "pageNum", 1, Number.MAX_SAFE_INTEGER, 1),
    itemsPerPage: readInteger(query, "itemsPerPage", 1, ITEMS_PER_PAGE_MAX, ITEMS_PER_PAGE_DEFAULT),
    includeCount: readBoolean(query, "includeCount", true),
  };
}

/** True, false, or the default where the parameter is absent or empty; 400 INVALID_QUERY_PARAMETER for other words. */
export function readBoolean(query: URLSearchParams, name: string, byDefault: boolean): boolean {
  const text = query.get(name)?.toLowerCase();
  if (!text) return byDefault;
  if (text !== "true" && text !== "false") throw new AtlasError("INVALID_QUERY_PARAMETER", { parameters: [name] });
  return text === "true";
}

function readInteger(query: URLSearchParams, name: string, min: number, max: number, byDefault: number): number {
  const text = query.get(name);
  if (!text) return byDefault;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new AtlasError("INVALID_QUERY_PARAMETER", { parameters: [name] });
  }
  return value;
}

/** How many rows of the whole list come before the page; beyond any list's end for absurd page numbers. */
export function offsetOf(page: PageRequest): number {
  return Math.min((page.pageNum - 1) * page.itemsPerPage, 2 ** 31 - 1);
}

/** The page of a list that lies in memory whole. */
export function slicePage<T>(items: readonly T[], page: PageRequest): { items: T[]; total: number } {
  const from = offsetOf(page);
  return { items: items.slice(from, from + page.itemsPerPage), total: items.length };
}

/**
 * The body of a list: links to itself and to the pages beside it, the query repeated. `requested` is the absolute
 * address as the client used it.
 */
export function pageBody(results: unknown[], total: number, page: PageRequest, requested: URL): PageBody {
  const hasNext = page.pageNum * page.itemsPerPage < total;
  const links = [
    link("self", requested, page, page.pageNum),
    ...(page.pageNum > 1 ? [link("previous", requested, page, page.pageNum - 1)] : []),
    ...(hasNext ? [link("next", requested, page, page.pageNum + 1)] : []),
  ];
  return { links, results, ...(page.includeCount && { totalCount: total }) };
}

function link(rel: string, requested: URL, page: PageRequest, pageNum: number): Link {
  const url = new URL(requested);
  url.searchParams.set("includeCount", String(page.includeCount));
  url.searchParams.set("pageNum", String(pageNum));
  url.searchParams.set("itemsPerPage", String(page.itemsPerPage));
  return { href: url.href, rel };
}
