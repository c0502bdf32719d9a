// h2.mjs URL FILE - a round of requests by the http2 module of node, all on
// one connection; it prints the statuses of the interim responses to a COPY.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:http2";

const [url, file] = process.argv.slice(2);
const text = readFileSync(file);
const client = connect(url, { rejectUnauthorized: false });

function ask(method, path, status, headers = {}, body = undefined) {
	return new Promise((done, failed) => {
		const stream = client.request({ ":method": method, ":path": path,
			"user-agent": "node", ...headers },
			{ endStream: body === undefined });
		const pieces = [], interims = [];
		let answer;
		stream.on("headers", (head) => interims.push(head[":status"]));
		stream.on("response", (head) => { answer = head; });
		stream.on("data", (piece) => pieces.push(piece));
		stream.on("error", failed);
		stream.on("end", () => {
			const octets = Buffer.concat(pieces);
			assert.equal(answer[":status"], status,
				`${method} ${path}: ${octets}`);
			done({ headers: answer, octets, interims });
		});
		if (body !== undefined && !headers.expect)
			stream.end(body);
		stream.on("continue", () => stream.end(body));
	});
}

const to = (path) => ({ destination: url + path });

await ask("MKCOL", "/a", 201);
await ask("PUT", "/a/up.txt", 201, {}, text);
assert.deepEqual((await ask("GET", "/a/up.txt", 200)).octets, text);
const awaited = await ask("PUT", "/a/awaited.txt", 201,
	{ expect: "100-continue", "content-length": text.length }, text);
assert.deepEqual(awaited.interims, [100]);
const refused = await ask("PUT", "/a/awaited.txt", 412,
	{ expect: "100-continue", "content-length": text.length,
		"if-none-match": "*" }, text);
assert.deepEqual(refused.interims, []);
const names = Array.from({ length: 50 }, (_, i) => `/a/n${i}`);
await Promise.all(names.map((name) => ask("PUT", name, 201, {}, name)));
const got = await Promise.all(names.map((name) => ask("GET", name, 200)));
assert.deepEqual(got.map(({ octets }) => octets.toString()), names);
await Promise.all(names.map((name) => ask("DELETE", name, 204)));
const list = await ask("PROPFIND", "/a/", 207, { depth: "1" });
assert.match(list.octets.toString(), /\/a\/up\.txt</);
await ask("MOVE", "/a/up.txt", 201, to("/a/moved.txt"));
const [copied, read] = await Promise.all([
	ask("COPY", "/tree/", 201, to("/tree2/")),
	ask("GET", "/a/moved.txt", 200),
]);
assert.deepEqual(read.octets, text);
await ask("DELETE", "/a/awaited.txt", 204);
client.close();
console.log(copied.interims.join(" "));
