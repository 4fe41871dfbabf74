-- 每件物件都能按其编码、名称、地址查到，正待编入索引的除外。 Each thing is found by its code, name and address, those about to be indexed apart.
select t.id as subject, 'the index of words does not know it as ' || t.name as wrong
from register.thing t left join register.words w on w.thing_id = t.id
where w.grams is distinct from register.grams(t.text) and t.id not in (select thing_id from register.words_again)
