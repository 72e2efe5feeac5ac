// The OpenAPI document against Redocly's recommended rules.
import {test} from 'node:test';
import {execFileSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const path = relative => fileURLToPath(new URL(relative, import.meta.url));

test('redocly accepts the OpenAPI document', () => {
  execFileSync(path('node_modules/.bin/redocly'), [
    'lint', '--extends=recommended-strict', '--max-problems=20',
    path('../../main/resources/dev/mige4j/web/page/openapi.json'),
  ], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true'},
  });
});
