// A client by @hey-api/openapi-ts, against the service. Neither `any` nor a cast is needed.
import assert from 'node:assert/strict';

import { client } from './generated/hey-api/client.gen';
import * as sdk from './generated/hey-api/sdk.gen';
import type * as types from './generated/hey-api/types.gen';
import { api, eventually, key, positionIn, receiver, refused, target } from './situation';
import { holds, type Same } from './types';

holds<Same<types.Webhook['event_types'], types.EventType[]>>();
holds<Same<types.Webhook['failing_since'], string | null>>();
holds<Same<types.EventPage['results'], types.Event[]>>();
holds<Same<types.Event['content'][string], unknown>>();
holds<Same<types.Event['webhooks'][number]['status'], 'scheduled' | 'succeeded' | 'rescheduled' | 'failed'>>();
holds<Same<types.ListedDelivery['reason'], string | null>>();
holds<Same<types.Me['key']['rights'], ('read' | 'manage' | 'publish')[]>>();
holds<Same<types.WebhookHeaders['headers'][string], string>>();

client.setConfig({ baseUrl: api, auth: (auth) => (auth.type === 'http' ? key : undefined) });
const ofTarget = { target_id: target };

async function register(): Promise<string> {
  const { data } = await sdk.createTargetWebhook({
    path: ofTarget,
    headers: { 'Idempotency-Key': 'hey-api' },
    body: {
      url: receiver, name: 'hey-api', check_cert: true, api_version: 'v1',
      event_types: ['scan_completed', refused], ordered: true,
    },
  });
  const webhook = data?.webhooks[0]?.id;
  assert(webhook);
  return webhook;
}

async function change(path: { target_id: string; webhook_id: string }): Promise<void> {
  const read = await sdk.getTargetWebhook({ path });
  assert.equal(read.data?.ordered, true);
  const tag = read.response.headers.get('ETag');
  assert(tag);
  const headers = { 'If-Match': tag };
  const first = await sdk.changeTargetWebhook({ path, headers, body: { ordered: false } });
  assert.equal(first.data?.ordered, false);
  const second = await sdk.changeTargetWebhook({ path, headers, body: { enabled: false } });
  assert.equal(second.response.status, 412);
  assert(second.error && 'detail' in second.error);
  assert.equal(second.error.detail, 'Precondition failed.');
}

async function publish(event_type: types.PublishedType): Promise<string> {
  const { data } = await sdk.publishTargetEvent({ path: ofTarget, body: { event_type, content: { id: 1 } } });
  assert(data);
  return data.id;
}

// The whole list, page by page.
async function eventIds(): Promise<string[]> {
  const ids: string[] = [];
  let query: { length: number; after?: string } = { length: 2 };
  for (;;) {
    const { data } = await sdk.listTargetEvents({ path: ofTarget, query });
    assert(data);
    ids.push(...data.results.map((event) => event.id));
    if (data.next === null) return ids;
    query = { length: 2, after: positionIn(data.next) };
  }
}

async function deliveryOf(path: { target_id: string; webhook_id: string }, event: string,
                          status: types.DeliveryStatus): Promise<types.ListedDelivery> {
  return eventually(async () => {
    const { data } = await sdk.listTargetWebhookDeliveries({ path, query: { status } });
    assert(data);
    return data.results.find((delivery) => delivery.event_id === event);
  });
}

async function steer(path: { target_id: string; webhook_id: string }, failed: string): Promise<void> {
  assert.equal((await deliveryOf(path, failed, 'rescheduled')).reason, 'http 503');
  const attempts = await sdk.listTargetDeliveryAttempts({ path: { ...path, event_id: failed } });
  assert.equal(attempts.data?.results[0]?.status, 503);
  const disabled = await sdk.disableTargetWebhook({ path, body: { reason: 'moving' } });
  assert.equal(disabled.data?.disabled_reason, 'moving');
  await deliveryOf(path, failed, 'failed');
  assert.equal((await sdk.enableTargetWebhook({ path })).data?.enabled, true);
  const recovered = await sdk.recoverTargetWebhook({ path, body: { since: '2020-01-01T00:00:00Z' } });
  assert.equal(recovered.data?.scheduled, 1);
  const headers = await sdk.replaceTargetWebhookHeaders({ path, body: { headers: { 'X-Api-Key': 'secret' } } });
  assert.equal(headers.data?.headers['X-Api-Key'], 'secret');
  const tested = await sdk.testTargetWebhook({ path });
  assert.equal(tested.data?.content.test, true);
  assert.equal((await deliveryOf(path, tested.data.id, 'succeeded')).reason, null);
}

async function seeErrors(): Promise<void> {
  const wrong = await sdk.createAccountWebhook({ body: { url: 'http://ci.example.com/' } });
  assert.equal(wrong.response.status, 400);
  assert(wrong.error && 'url' in wrong.error);
  assert.deepEqual(wrong.error.url, ['Enter a valid URL.']);
  const missing = await sdk.getAccountEvent({ path: { event_id: target } });
  assert(missing.error && 'detail' in missing.error);
  assert.equal(missing.error.detail, 'Not found.');
}

async function main(): Promise<void> {
  const webhook = await register();
  assert.equal(await register(), webhook);
  const path = { ...ofTarget, webhook_id: webhook };
  await change(path);
  const completed = await publish('scan_completed');
  const failed = await publish(refused);
  assert.deepEqual((await eventIds()).slice(0, 2), [failed, completed]);
  await deliveryOf(path, completed, 'succeeded');
  await steer(path, failed);
  await seeErrors();
  assert.equal((await sdk.getMe()).data?.key.targets, null);
  const { data: targets } = await sdk.listTargets({ query: { length: 100 } });
  assert(targets?.results.some((each) => each.id === target));
}

void main();
