-- Vectors beside their row: by default a row above 2 kB is stored elsewhere piece by piece, and an exact scan that puts
-- every vector together again takes four times as long. Above 8 kB (some 2 000 dimensions) they still move out.
alter table exemplars set (toast_tuple_target = 8160);
alter table passages set (toast_tuple_target = 8160);
