// Sources as people upload them.

/** A tar archive with one file, padded to so many bytes. */
export function tarOf(name, content, size = 0) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(content.length.toString(8).padStart(11, "0") + "\0", 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  Buffer.from(content).copy(body);
  const archive = Buffer.concat([header, body, Buffer.alloc(1024)]);
  return size > archive.length ? Buffer.concat([archive, Buffer.alloc(size - archive.length)]) : archive;
}

/** A form as a browser writes it: its body, and the type that says how. */
async function written(form) {
  const response = new Response(form);
  const body = Buffer.from(await response.arrayBuffer());
  return { body, headers: { "content-type": response.headers.get("content-type") } };
}

/** A form with files, each a name and its bytes. */
export function filesForm(files) {
  const form = new FormData();
  for (const [name, bytes] of files) form.append("file", new Blob([bytes]), name);
  return written(form);
}

/** The form that uploads a source. */
export function sourceForm({ bytes, name = "source.tar", seen, key, action = "set_source" }) {
  const form = new FormData();
  form.append("action", action);
  form.append("idempotency_key", key ?? crypto.randomUUID());
  form.append("seen", String(seen));
  if (bytes) form.append("source", new Blob([bytes]), name);
  return written(form);
}
