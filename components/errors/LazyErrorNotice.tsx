"use client";

import dynamic from "next/dynamic";

/** An ErrorNotice whose words (all of them are some kilobytes) come only when there is an error to word. */
export const LazyErrorNotice = dynamic(() => import("./ErrorNotice").then((loaded) => loaded.ErrorNotice), {
  ssr: false,
});
