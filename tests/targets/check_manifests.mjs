// Judges manifests of custom resources by their projects' own Go types: values by the schemas, names of fields by the types.
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute";
import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
import ts from "typescript";

const KINDS = {
  HTTPRoute: [HTTPRoute, "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute"],
  ServiceMonitor: [ServiceMonitor, "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor"],
};
const OPTIONS = { strict: true, noEmit: true, skipLibCheck: true, module: ts.ModuleKind.NodeNext };

function* judge(manifest) {
  const [Kind, source] = KINDS[manifest.kind];
  try {
    new Kind(manifest).validate();
  } catch (error) {
    yield error.message;
  }
  const file = join(import.meta.dirname, `manifest-${process.pid}.ts`);
  const text = JSON.stringify(manifest);
  writeFileSync(file, `import type { I${manifest.kind} } from "${source}";\nexport const made: I${manifest.kind} = ${text};\n`);
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], OPTIONS));
  unlinkSync(file);
  for (const one of found) yield ts.flattenDiagnosticMessageText(one.messageText, "\n");
}

const found = process.argv.slice(2).flatMap((file) => [...judge(JSON.parse(readFileSync(file, "utf8")))]);
for (const one of found) console.log(one);
process.exit(found.length ? 1 : 0);
