// Signs documents with Fedify, whose canonicalization (rdf-canonize) and
// contexts are its own. To make signed.json anew, with another key:
//
//   cd test/fedify && npm ci
//   cp ../../vocab/ldsig/testdata/sign.mjs . && node sign.mjs > ../../vocab/ldsig/testdata/signed.json
import { createSignature, generateCryptoKeyPair } from "@fedify/fedify/sig";
import { getDocumentLoader } from "@fedify/vocab-runtime";

const al = "https://old.example/users/al";
const as = "https://www.w3.org/ns/activitystreams";
const move = {
  "@context": [as, "https://w3id.org/security/v1"],
  id: al + "#moves/1",
  type: "Move",
  actor: al,
  object: al,
  target: "https://new.example/users/al",
};
const documents = {
  "a Move": [move],
  "a Move to everyone": [{ ...move, "@context": as, to: [al + "/followers"], cc: as + "#Public" }],
  "a Move of ten days ago": [move, "2026-11-12T12:00:00Z"],
  "a Move of the day after tomorrow": [move, "2026-11-24T12:00:00Z"],
  "a Move just within two days": [move, "2026-11-20T12:00:00Z"],
  "a Move with a fraction": [move, "2026-11-22T11:59:59.25Z"],
  "a Move by the new account's key": [move, undefined, "https://new.example/users/al#main-key"],
  "a Create": [{
    "@context": [as, "https://w3id.org/security/v1", {
      ostatus: "http://ostatus.org#", toot: "http://joinmastodon.org/ns#", sensitive: "as:sensitive", Hashtag: "as:Hashtag",
      atomUri: "ostatus:atomUri", conversation: "ostatus:conversation", votersCount: "toot:votersCount",
      blurhash: "toot:blurhash", focalPoint: { "@container": "@list", "@id": "toot:focalPoint" },
    }],
    id: al + "/statuses/1/activity", type: "Create", actor: al, published: "2026-11-22T11:00:00Z", to: [as + "#Public"],
    object: {
      id: al + "/statuses/1", type: "Question", attributedTo: al, content: "<p>Grüße — \"quoted\" \\ \n 🐦 </p>",
      contentMap: { de: "<p>Grüße</p>" }, sensitive: false, votersCount: 3, conversation: "tag:old.example,2026:1",
      inReplyTo: null, summary: null,
      attachment: [{ type: "Document", mediaType: "image/png", url: "https://old.example/1.png", name: null, blurhash: "UAB", focalPoint: [0.25, -0.5], width: 640 }],
      tag: [{ type: "Hashtag", href: "https://old.example/tags/x", name: "#x" }, { type: "Mention", href: al, name: "@al" }],
      oneOf: ["one", "two", "three"].map((name) => ({ type: "Note", name, replies: { type: "Collection", totalItems: 0 } })),
    },
  }],
};

const pair = await generateCryptoKeyPair("RSASSA-PKCS1-v1_5");
const der = Buffer.from(await crypto.subtle.exportKey("spki", pair.publicKey)).toString("base64");
const signed = {};
for (const [situation, [document, created, creator]] of Object.entries(documents)) {
  const signature = await createSignature(document, pair.privateKey, new URL(creator ?? al + "#main-key"), {
    contextLoader: getDocumentLoader(),
    created: created ?? "2026-11-22T12:00:00Z",
  });
  signed[situation] = { ...document, signature };
}
console.log(JSON.stringify({
  publicKeyPem: `-----BEGIN PUBLIC KEY-----\n${der.replace(/(.{64})/g, "$1\n")}\n-----END PUBLIC KEY-----\n`,
  documents: signed,
}, null, "\t"));
