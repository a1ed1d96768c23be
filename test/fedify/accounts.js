// Accounts that follow, are followed and move. Fedify knows the vocabulary of a
// move but not what to do about one: that is in #honour and #accepted.
import { randomUUID } from "node:crypto";
import { createFederation, generateCryptoKeyPair, InProcessMessageQueue, MemoryKvStore } from "@fedify/fedify";
import { Accept, Endpoints, Follow, isActor, Move, Person, Undo, Update } from "@fedify/vocab";
import { describe } from "./vocabulary.js";

export class Accounts {
	moves = []; // every Move and Update that came in
	#byName = new Map();

	constructor(origin, firstKnock, report) {
		this.origin = origin;
		this.federation = createFederation({
			kv: new MemoryKvStore(),
			queue: new InProcessMessageQueue(),
			origin,
			firstKnock,
			tracerProvider: report.tracerProvider,
			onOutboxError: (error) => report.failed(error),
			allowPrivateAddress: true, // everything here is on loopback
		});
		this.context = this.federation.createContext(new URL(origin), undefined);
		this.#dispatch();
		this.#listen();
	}

	async create(name, aliases = []) {
		const keys = [await generateRSA(), await generateCryptoKeyPair("Ed25519")];
		this.#byName.set(name, {
			name,
			keys,
			aliases: aliases.map((id) => new URL(id)),
			successor: null,
			followers: new Map(), // actor id → actor
			following: new Map(), // actor id → {follow, accepted, instead: the id of the account that moved}
		});
		return this.context.getActorUri(name).href;
	}

	state(name) {
		const account = this.#account(name);
		const following = [...account.following];
		return {
			followers: [...account.followers.keys()],
			following: following.filter(([, { accepted }]) => accepted).map(([id]) => id),
			pending: following.filter(([, { accepted }]) => !accepted).map(([id]) => id),
		};
	}

	async follow(name, target) {
		await this.#follow(this.context, this.#account(name), await this.#actorAt(this.context, name, target), null);
	}

	// move points the account at its successor and tells its followers.
	async move(name, target) {
		const account = this.#account(name);
		account.successor = new URL(target);
		const id = this.context.getActorUri(name);
		await this.context.sendActivity({ identifier: name }, "followers", new Move({
			id: newId(id, "moves"),
			actor: id,
			object: id,
			target: account.successor,
			to: this.context.getFollowersUri(name),
		}));
	}

	#account(name) {
		const account = this.#byName.get(name);
		if (account == null) throw new Error(`there is no ${name}`);
		return account;
	}

	#dispatch() {
		const users = "/users/{identifier}";
		this.federation
			.setActorDispatcher(users, (context, name) => this.#person(context, name))
			.setKeyPairsDispatcher((_, name) => this.#byName.get(name)?.keys ?? []);
		this.federation
			.setFollowersDispatcher(`${users}/followers`, (_, name) => {
				const account = this.#byName.get(name);
				return account == null ? null : { items: [...account.followers.values()] };
			})
			.authorize(async (context) => (await context.getSignedKeyOwner()) != null);
	}

	async #person(context, name) {
		const account = this.#byName.get(name);
		if (account == null) return null;
		const keys = await context.getActorKeyPairs(name);
		return new Person({
			id: context.getActorUri(name),
			preferredUsername: name,
			name,
			inbox: context.getInboxUri(name),
			followers: context.getFollowersUri(name),
			endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
			publicKey: keys[0].cryptographicKey,
			assertionMethods: keys.map((pair) => pair.multikey),
			aliases: account.aliases,
			successor: account.successor,
		});
	}

	#listen() {
		this.federation
			.setInboxListeners("/users/{identifier}/inbox", "/inbox")
			.on(Follow, (context, follow) => this.#followed(context, follow))
			.on(Accept, (context, accept) => this.#accepted(context, accept))
			.on(Undo, (context, undo) => this.#undone(context, undo))
			.on(Update, (_, update) => void this.moves.push(describe(update)))
			.on(Move, (context, move) => this.#honour(context, move));
	}

	// #named returns the account here that has an id, if there is one.
	#named(context, id) {
		const uri = id == null ? null : context.parseUri(id);
		return uri?.type === "actor" ? this.#byName.get(uri.identifier) : undefined;
	}

	// #actorAt reads an actor as it is now: signed, and past Fedify's cache.
	async #actorAt(context, name, id) {
		const documentLoader = await context.getDocumentLoader({ identifier: name });
		const actor = await context.lookupObject(id, { documentLoader });
		if (!isActor(actor) || actor.id?.href !== String(id)) throw new TypeError(`${id} is no actor`);
		return actor;
	}

	async #followed(context, follow) {
		const account = this.#named(context, follow.objectId);
		const follower = await follow.getActor(context);
		if (account == null || follower?.id == null) return;
		account.followers.set(follower.id.href, follower);
		await context.sendActivity({ identifier: account.name }, follower, new Accept({
			id: newId(follow.objectId, "accepts"),
			actor: follow.objectId,
			object: follow,
		}));
	}

	async #follow(context, account, target, instead) {
		const id = context.getActorUri(account.name);
		const follow = new Follow({ id: newId(id, "follows"), actor: id, object: target.id });
		account.following.set(target.id.href, { follow, target, accepted: false, instead });
		await context.sendActivity({ identifier: account.name }, target, follow);
	}

	// #accepted believes an Accept if whoever sent it was asked by this very
	// Follow. If the follow came of a Move, the old one is over now.
	async #accepted(context, accept) {
		for (const account of this.#byName.values()) {
			const asked = account.following.get(accept.actorId?.href);
			if (asked?.follow.id.href !== accept.objectId?.href) continue;
			asked.accepted = true;
			if (asked.instead != null) await this.#unfollow(context, account, asked.instead);
		}
	}

	async #unfollow(context, account, old) {
		const { follow, target } = account.following.get(old) ?? {};
		if (follow == null) return;
		account.following.delete(old);
		await context.sendActivity({ identifier: account.name }, target, new Undo({
			id: newId(follow.actorId, "undos"),
			actor: follow.actorId,
			object: follow,
		}));
	}

	async #undone(context, undo) {
		const follow = await undo.getObject(context);
		if (!(follow instanceof Follow) || follow.actorId?.href !== undo.actorId?.href) return;
		this.#named(context, follow.objectId)?.followers.delete(follow.actorId.href);
	}

	// #honour moves the followers here if the old account sent the Move itself,
	// points at the new one, and is claimed by it.
	async #honour(context, move) {
		this.moves.push(describe(move));
		const { actorId, objectId, targetId } = move;
		if (objectId == null || targetId == null || actorId?.href !== objectId.href) return;
		const followers = [...this.#byName.values()].filter(({ following }) => following.has(objectId.href));
		if (followers.length === 0) return;
		const old = await this.#actorAt(context, followers[0].name, objectId);
		const target = await this.#actorAt(context, followers[0].name, targetId);
		const claims = target.aliasIds.some((alias) => alias.href === objectId.href);
		if (!claims || old.successorId?.href !== target.id.href) return;
		for (const account of followers) await this.#follow(context, account, target, objectId.href);
	}
}

// generateRSA makes a key of 2048 bits: Fedify's own 4096 take seconds.
const generateRSA = () => crypto.subtle.generateKey({
	name: "RSASSA-PKCS1-v1_5",
	modulusLength: 2048,
	publicExponent: new Uint8Array([1, 0, 1]),
	hash: "SHA-256",
}, true, ["sign", "verify"]);

const newId = (actor, kind) => new URL(`#${kind}/${randomUUID()}`, actor);
