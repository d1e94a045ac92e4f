import * as zlib from "node:zlib";
import * as wasm from "@foxglove/wasm-zstd";

export interface Zstd {
  compress(content: Uint8Array, level: number): Uint8Array;
  /** Throws unless the frame is whole and gives exactly this many bytes. */
  decompress(frame: Uint8Array, contentBytes: number): Uint8Array;
}

/** Node's own functions, where this Node has them (22.15 and later); the types we compile against do not know them. */
interface NativeZstd {
  zstdCompressSync(content: Uint8Array, options: { params: Record<number, number> }): Buffer;
  zstdDecompressSync(frame: Uint8Array, options: { maxOutputLength: number }): Buffer;
  constants: { ZSTD_c_compressionLevel: number };
}

/** Node's zstd where it has one, else the WebAssembly build. Each reads what the other wrote. */
export async function loadZstd(): Promise<Zstd> {
  if ("zstdCompressSync" in zlib) return nativeZstd(zlib as unknown as NativeZstd);
  return loadWasmZstd();
}

/** The WebAssembly build, wherever it runs. */
export async function loadWasmZstd(): Promise<Zstd> {
  await wasm.isLoaded;
  return {
    compress: (content, level) => wasm.compress(Buffer.from(content.buffer, content.byteOffset, content.length), level),
    decompress: (frame, contentBytes) =>
      exactly(wasm.decompress(Buffer.from(frame.buffer, frame.byteOffset, frame.length), contentBytes), contentBytes),
  };
}

function nativeZstd(native: NativeZstd): Zstd {
  return {
    compress: (content, level) =>
      native.zstdCompressSync(content, { params: { [native.constants.ZSTD_c_compressionLevel]: level } }),
    decompress: (frame, contentBytes) =>
      exactly(native.zstdDecompressSync(frame, { maxOutputLength: contentBytes }), contentBytes),
  };
}

function exactly(content: Uint8Array, bytes: number): Uint8Array {
  if (content.length !== bytes) throw new Error(`a frame of ${bytes} bytes gave ${content.length}`);
  return content;
}
