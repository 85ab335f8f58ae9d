-- generation: grows whenever a webhook starts afresh: its URL changes, or whether its certificate is verified, or it is
-- enabled or tested, or a delivery of it is scheduled anew. What was sent before tells nothing of it any more. It is the
-- time of that, in microseconds since 1970, so those that have just started afresh are found by it.
ALTER TABLE webhooks
  ADD COLUMN generation BIGINT UNSIGNED NOT NULL DEFAULT 0,
  ADD KEY webhooks_generation (generation);
