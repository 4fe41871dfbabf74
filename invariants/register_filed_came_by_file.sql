-- 文件原说只记于由文件建档的物。 What a file had said is known only of things that came by one.
select f.thing_id as subject, 'no file said its ' || f.field as wrong
from register.filed f join register.thing t on t.id = f.thing_id where t.import_id is null
