// fetch.mjs URL FILE - a round of requests by the fetch() of node.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const [url, file] = process.argv.slice(2);
const text = readFileSync(file);
const lock = `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/>
</D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>`;

async function ask(method, path, status, headers = {}, body = undefined) {
	const answer = await fetch(url + path, { method, headers, body });
	const octets = Buffer.from(await answer.arrayBuffer());
	assert.equal(answer.status, status, `${method} ${path}: ${octets}`);
	return { headers: answer.headers, octets };
}

const to = (path) => ({ Destination: url + path });

await ask("MKCOL", "/a", 201);
await ask("PUT", "/a/up.txt", 201, {}, text);
assert.deepEqual((await ask("GET", "/a/up.txt", 200)).octets, text);
const list = await ask("PROPFIND", "/a/", 207, { Depth: "1" });
assert.match(list.octets.toString(), /\/a\/up\.txt</);
await ask("COPY", "/a/up.txt", 201, to("/a/copied.txt"));
await ask("MOVE", "/a/copied.txt", 201, to("/a/moved.txt"));
const locked = await ask("LOCK", "/a/moved.txt", 200, {}, lock);
const token = locked.headers.get("lock-token");
await ask("PUT", "/a/moved.txt", 423, {}, "new");
await ask("PUT", "/a/moved.txt", 204, { If: `(${token})` }, text);
await ask("UNLOCK", "/a/moved.txt", 204, { "Lock-Token": token });
await ask("COPY", "/tree/", 201, to("/tree2/"));
await ask("DELETE", "/a/up.txt", 204);
