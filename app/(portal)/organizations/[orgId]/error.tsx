"use client";

import { PageError } from "@/components/errors/PageError";

export default PageError;
