// A client by openapi-typescript and openapi-fetch, against the service. Neither `any` nor a cast is needed.
import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';

import type { components, paths } from './generated/openapi';
import { api, eventually, key, positionIn, receiver, refused, target } from './situation';
import { holds, type Same } from './types';

type Schemas = components['schemas'];
type Delivery = Schemas['ListedDelivery'];

holds<Same<Schemas['Webhook']['event_types'], Schemas['EventType'][]>>();
holds<Same<Schemas['Webhook']['failing_since'], string | null>>();
holds<Same<Schemas['PublishedType'], Exclude<Schemas['EventType'], `${'user' | 'target'}_${string}`>>>();
holds<Same<Schemas['EventPage']['results'], Schemas['Event'][]>>();
holds<Same<Schemas['Event']['content'][string], unknown>>();
holds<Same<Schemas['Event']['webhooks'][number]['status'], 'scheduled' | 'succeeded' | 'rescheduled' | 'failed'>>();
holds<Same<Delivery['reason'], string | null>>();
holds<Same<Schemas['Attempt']['answer'], string | null | undefined>>();
holds<Same<Schemas['Me']['key']['targets'], string[] | null>>();
holds<Same<Schemas['WebhookHeaders']['headers'][string], string>>();
holds<Same<Schemas['Recovered']['more'], true | undefined>>();

const client = createClient<paths>({ baseUrl: api, headers: { Authorization: `Bearer ${key}` } });
const ofTarget = { target_id: target };

async function register(): Promise<Schemas['Greeting']> {
  const { data } = await client.POST('/targets/{target_id}/webhooks/', {
    params: { path: ofTarget, header: { 'Idempotency-Key': 'openapi-fetch' } },
    body: {
      url: receiver, name: 'openapi-fetch', check_cert: true, api_version: 'v1',
      event_types: ['scan_completed', refused], ordered: false,
    },
  });
  assert(data);
  return data;
}

async function change(id: string): Promise<void> {
  const path = { ...ofTarget, webhook_id: id };
  const read = await client.GET('/targets/{target_id}/webhooks/{webhook_id}/', { params: { path } });
  assert(read.data);
  assert.deepEqual(read.data.event_types, ['scan_completed', refused]);
  const tag = read.response.headers.get('ETag');
  assert(tag);
  const first = await client.PATCH('/targets/{target_id}/webhooks/{webhook_id}/', {
    params: { path, header: { 'If-Match': tag } }, body: { name: 'changed' },
  });
  assert.equal(first.data?.name, 'changed');
  const second = await client.PATCH('/targets/{target_id}/webhooks/{webhook_id}/', {
    params: { path, header: { 'If-Match': tag } }, body: { enabled: false },
  });
  assert.equal(second.response.status, 412);
  assert(second.error && 'detail' in second.error);
  assert.equal(second.error.detail, 'Precondition failed.');
}

async function publish(type: Schemas['PublishedType'], content: Schemas['NewEvent']['content']): Promise<string> {
  const { data } = await client.POST('/targets/{target_id}/events/', {
    params: { path: ofTarget }, body: { event_type: type, content },
  });
  assert(data);
  return data.id;
}

// The whole list, page by page.
async function eventIds(): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  for (;;) {
    const { data } = await client.GET('/targets/{target_id}/events/', {
      params: { path: ofTarget, query: { length: 2, after } },
    });
    assert(data);
    ids.push(...data.results.map((event) => event.id));
    if (data.next === null) return ids;
    after = positionIn(data.next);
  }
}

async function deliveryOf(webhook: string, event: string, status: Delivery['status']): Promise<Delivery> {
  return eventually(async () => {
    const { data } = await client.GET('/targets/{target_id}/webhooks/{webhook_id}/deliveries/', {
      params: { path: { ...ofTarget, webhook_id: webhook }, query: { status, since: '2020-01-01T00:00:00Z' } },
    });
    assert(data);
    return data.results.find((delivery) => delivery.event_id === event);
  });
}

async function seeWhy(webhook: string, event: string): Promise<void> {
  const delivery = await deliveryOf(webhook, event, 'rescheduled');
  assert.equal(delivery.reason, 'http 503');
  const { data } = await client.GET('/targets/{target_id}/events/{event_id}/webhooks/{webhook_id}/attempts/', {
    params: { path: { ...ofTarget, event_id: event, webhook_id: webhook } },
  });
  const attempt = data?.results[0];
  assert(attempt);
  assert.equal(attempt.status, 503);
  assert.equal(attempt.failure, null);
}

async function steer(webhook: string, event: string): Promise<void> {
  const params = { path: { ...ofTarget, webhook_id: webhook } };
  const disabled = await client.POST('/targets/{target_id}/webhooks/{webhook_id}/disable/', {
    params, body: { reason: 'moving' },
  });
  assert.equal(disabled.data?.disabled_reason, 'moving');
  await deliveryOf(webhook, event, 'failed');
  await client.POST('/targets/{target_id}/webhooks/{webhook_id}/enable/', { params });
  const recovered = await client.POST('/targets/{target_id}/webhooks/{webhook_id}/recover/', {
    params, body: { since: '2020-01-01T00:00:00Z' },
  });
  assert.equal(recovered.data?.scheduled, 1);
  const headers = await client.PUT('/targets/{target_id}/webhooks/{webhook_id}/headers/', {
    params, body: { headers: { 'X-Api-Key': 'secret' } },
  });
  assert.equal(headers.data?.headers['X-Api-Key'], 'secret');
  const tested = await client.POST('/targets/{target_id}/webhooks/{webhook_id}/test/', {
    params, body: { event_type: 'finding_fixed' },
  });
  assert.equal(tested.data?.content.test, true);
  assert.equal((await deliveryOf(webhook, tested.data.id, 'succeeded')).reason, null);
}

async function seeErrors(): Promise<void> {
  const wrong = await client.POST('/webhooks/', { body: { url: 'http://ci.example.com/' } });
  assert.equal(wrong.response.status, 400);
  assert(wrong.error && 'url' in wrong.error);
  assert.deepEqual(wrong.error.url, ['Enter a valid URL.']);
  const missing = await client.GET('/events/{event_id}/', { params: { path: { event_id: target } } });
  assert(missing.error && 'detail' in missing.error);
  assert.equal(missing.error.detail, 'Not found.');
}

async function seeKey(): Promise<void> {
  const { data: me } = await client.GET('/me/');
  assert.deepEqual(me?.key.rights, ['read', 'manage', 'publish']);
  const { data: one } = await client.GET('/targets/{target_id}/', { params: { path: ofTarget } });
  const { data: all } = await client.GET('/targets/');
  assert(one && all?.results.some((each) => each.id === one.id));
}

async function main(): Promise<void> {
  const greeting = await register();
  const webhook = greeting.webhooks[0]?.id;
  assert(webhook);
  assert.equal((await register()).webhooks[0]?.id, webhook);
  await change(webhook);
  const completed = await publish('scan_completed', { id: '7ScanQz3Xr9', findings: 3 });
  const failed = await publish(refused, { id: '7ScanQz3Xr9', causes: ['timeout'] });
  assert.deepEqual((await eventIds()).slice(0, 2), [failed, completed]);
  await deliveryOf(webhook, completed, 'succeeded');
  await seeWhy(webhook, failed);
  await steer(webhook, failed);
  await seeErrors();
  await seeKey();
}

void main();
