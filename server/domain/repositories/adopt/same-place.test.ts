import { expect, it } from "vitest";
import { isSamePlace } from "./same-place";

it.each([
  ["file:///backups/shop", "file:///backups/shop/"],
  ["file:///backups/shop", "file:///backups/shop?bytesPerSecondMax=500000"],
  ["s3://backups/shop", "s3://backups/shop/?region=eu-central-1&sse=AES256"],
  ["s3://backups/shop", "s3://backups/shop?endpoint=https://s3.eu-central-1.amazonaws.com"],
  ["s3://backups/shop?endpoint=http://minio:9000", "s3://backups/shop?endpoint=http://minio:9000/&pathStyle=1"],
])("%s and %s are one place", (a, b) => expect(isSamePlace(a, b)).toBe(true));

it.each([
  ["file:///backups/shop", "file:///mirror/shop"],
  ["s3://backups/shop", "gs://backups/shop"],
  ["s3://backups/shop", "s3://mirror/shop"],
  ["s3://backups/shop", "s3://backups/other"],
  ["s3://backups/shop", "s3://backups/shop?endpoint=http://minio:9000"],
  ["azblob://account/first/shop", "azblob://account/second/shop"],
  ["azblob://account/first/shop", "azblob://another/first/shop"],
])("%s and %s are two places", (a, b) => expect(isSamePlace(a, b)).toBe(false));
