// Sources that a runner must refuse, as bytes.

import { gzipSync } from "node:zlib";

/** A tar archive of one entry, exactly as it is told. */
export function tarOf({ name, type = "0", link = "", content = Buffer.alloc(0) }) {
  const header = Buffer.alloc(512);
  const put = (text, at) => header.write(text, at, "utf8");
  const octal = (value, at, digits) => put(value.toString(8).padStart(digits, "0"), at);
  put(name, 0);
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(content.length, 124, 11);
  octal(0, 136, 11);
  put(" ".repeat(8), 148);
  put(type, 156);
  put(link, 157);
  put("ustar\u000000", 257);
  octal(header.reduce((sum, byte) => sum + byte, 0), 148, 6);
  header[154] = 0;
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}

/** An archive that looks like one from outside and isn't. */
export const noArchive = () => gzipSync(Buffer.from("no archive at all ".repeat(100)));
/** An archive that leaves its directory. */
export const climbing = () => tarOf({ name: "../up" });
/** A link that leads out. */
export const linking = () => tarOf({ name: "out", type: "2", link: "/etc/passwd" });
/** A small archive that becomes a large one. */
export const bomb = (bytes) => gzipSync(tarOf({ name: "zeros", content: Buffer.alloc(bytes) }));
