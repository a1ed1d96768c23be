// What Fedify tells of its work: the signatures that came in, as its own
// tracing reports them, and what it could not send.
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

export class Report {
	signatures = [];
	failures = [];
	tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this)] });

	failed(error) {
		this.failures.push(String(error));
	}

	// export, forceFlush and shutdown are those of a SpanExporter.
	export(spans, done) {
		for (const span of spans) {
			if (span.name === "http_signatures.verify") this.signatures.push(readSpan(span.attributes));
		}
		done({ code: 0 });
	}

	async forceFlush() {}

	async shutdown() {}
}

function readSpan(attributes) {
	const header = (name) => String(attributes[`http.request.header.${name}`] ?? "");
	return {
		method: attributes["http.request.method"],
		path: new URL(attributes["url.full"]).pathname,
		scheme: header("signature-input") !== "" ? "rfc9421" : header("signature") !== "" ? "draft-cavage" : "",
		keyId: attributes["http_signatures.key_id"] ?? "",
		verified: attributes["http_signatures.verified"] === true,
		reason: attributes["http_signatures.failure_reason"] ?? "",
	};
}
