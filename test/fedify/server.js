// A small server made with Fedify, for the tests of this folder. Fedify signs,
// verifies, reads and delivers. What it leaves to whoever uses it is in
// accounts.js: who follows whom, and what a Move means.
//
// It is told what to do by lines of JSON on its standard input, {"do": …},
// answers each with one on its standard output, and ends with its input.
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { createInterface } from "node:readline";
import { Accounts } from "./accounts.js";
import { readActivity, readActor, verify } from "./vocabulary.js";
import { Report } from "./report.js";

const report = new Report();
let accounts;
let only = ""; // the scheme that signatures must have; "" takes any
let refused = 0; // requests, for theirs

const schemeOf = (headers) =>
	headers.has("signature-input") ? "rfc9421" : headers.has("signature") ? "draft-cavage" : "";

async function answer(message, reply) {
	const request = new Request(new URL(message.url, accounts.origin), {
		method: message.method,
		headers: message.headers,
		body: message.method === "POST" ? await buffer(message) : undefined,
	});
	const scheme = schemeOf(request.headers);
	if (only !== "" && scheme !== "" && scheme !== only) {
		refused++;
		reply.writeHead(401).end(`sign by ${only}`);
		return;
	}
	const response = await accounts.federation.fetch(request, { contextData: undefined });
	reply.writeHead(response.status, Object.fromEntries(response.headers));
	reply.end(await response.bytes());
}

const commands = {
	create: ({ name, aliases }) => accounts.create(name, aliases),
	follow: ({ name, target }) => accounts.follow(name, target),
	move: ({ name, target }) => accounts.move(name, target),
	account: ({ name }) => accounts.state(name),
	moves: () => accounts.moves,
	only: ({ scheme }) => void (only = scheme),
	refused: () => refused,
	signatures: () => report.signatures,
	failures: () => report.failures,
	actor: ({ id }) => readActor(accounts.context, id),
	activity: ({ document }) => readActivity(accounts.context, document),
	verify: ({ document }) => verify(accounts.context, document),
};

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const web = createServer((message, reply) => {
	answer(message, reply).catch((error) => {
		report.failed(error);
		reply.writeHead(500).end();
	});
});
web.listen(0, "127.0.0.1", async () => {
	const origin = `http://127.0.0.1:${web.address().port}`;
	accounts = new Accounts(origin, process.env.FIRST_KNOCK, report);
	say({ ready: origin });
	for await (const line of createInterface({ input: process.stdin })) {
		try {
			const order = JSON.parse(line);
			say({ result: (await commands[order.do](order)) ?? null });
		} catch (error) {
			say({ error: String(error) });
		}
	}
	process.exit(0);
});
