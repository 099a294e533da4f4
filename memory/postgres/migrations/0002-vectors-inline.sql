-- Exemplars keep their vector beside their row: by default a row above 2 kB is stored elsewhere piece by piece, and the
-- exact scan over them all takes four times as long. Above 8 kB (some 2 000 dimensions) it still moves out. Passages stay
-- narrow: a search by words reads thousands of them and needs no vector.
alter table exemplars set (toast_tuple_target = 8160);
