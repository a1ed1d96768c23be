// What Fedify's vocabulary reads in the documents of others.
import { verifyObject } from "@fedify/fedify";
import { Activity, isActor, Object as ASObject } from "@fedify/vocab";

const href = (url) => url?.href ?? "";

// readActor reads an account at its id, and the accounts that it names.
export async function readActor(context, id) {
	const { document } = await context.documentLoader(id);
	const actor = await ASObject.fromJsonLd(document, context);
	if (!isActor(actor)) throw new TypeError(`${id} is no actor`);
	const aliases = [];
	for await (const alias of actor.getAliases(context)) aliases.push(href(alias.id));
	const keys = [];
	for await (const key of actor.getPublicKeys(context)) keys.push(href(key.id));
	for await (const key of actor.getAssertionMethods(context)) keys.push(href(key.id));
	return {
		id: href(actor.id),
		type: actor.constructor.name,
		username: String(actor.preferredUsername),
		inbox: href(actor.inboxId),
		sharedInbox: href(actor.endpoints?.sharedInbox),
		aliasIds: actor.aliasIds.map(href),
		aliases,
		successorId: href(actor.successorId),
		successor: href((await actor.getSuccessor(context))?.id),
		keys,
	};
}

export async function readActivity(context, document) {
	const activity = await Activity.fromJsonLd(document, context);
	return describe(activity);
}

export function describe(activity) {
	return {
		id: href(activity.id),
		type: activity.constructor.name,
		actor: href(activity.actorId),
		object: href(activity.objectId),
		target: href(activity.targetId),
		to: activity.toIds.map(href),
		cc: activity.ccIds.map(href),
	};
}

// verify reports whether a proof in the document is its actor's (FEP-8b32).
export async function verify(context, document) {
	return (await verifyObject(Activity, document, context)) != null;
}
