-- Everything the oracle asks of the database, in one statement. Written from DESIGN sections 5 and 10, not from the code.
select json_build_object(
  'events', coalesce((
    select json_agg(json_build_object(
      'id', i.id, 'update', i.external_id, 'state', i.state, 'reason', i.reason, 'thread', t.key, 'turn', i.turn_id,
      'arrival', i.arrival, 'attempts', i.attempts, 'finishedAt', extract(epoch from i.finished_at) * 1000)
      order by i.arrival)
    from inbox i join threads t on t.id = i.thread_id), '[]'),
  'turns', coalesce((
    select json_agg(json_build_object(
      'id', u.id, 'status', u.status, 'agent', u.agent, 'fallback', u.record->'draft'->>'fallback',
      'events', (select json_agg(e->>'id') from jsonb_array_elements(u.record->'events') e)))
    from turns u), '[]'),
  'deliveries', coalesce((
    select json_agg(json_build_object(
      'id', d.id, 'turn', d.turn_id, 'thread', t.key, 'state', d.state, 'class', d.message_class, 'failure', d.failure,
      'attempts', d.attempts, 'partsSent', d.parts_sent, 'platformIds', d.platform_ids, 'sequence', d.sequence)
      order by d.sequence)
    from deliveries d join threads t on t.id = d.thread_id), '[]'),
  'commits', coalesce((
    select json_agg(json_build_object('turn', c.turn_id, 'writer', c.writer, 'holder', c.holder))
    from chaos.commits c), '[]')
) as found
