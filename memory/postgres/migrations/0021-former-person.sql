-- A person is found by the id they had before a link, too: it stands in notes and in links that operators kept.
create index handles_own_person on handles (own_person_id);
