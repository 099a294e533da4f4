-- Vectors beside their row: by default a row above 2 kB is packed and stored elsewhere piece by piece, and a search that
-- puts every row together again takes twice to four times as long (`npm run bench -- retrieval`). Above 8 kB (some 2 000
-- dimensions) they still move out.
alter table exemplars set (toast_tuple_target = 8160);
alter table passages set (toast_tuple_target = 8160);
