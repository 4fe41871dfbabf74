-- A case's class may be put right, and its words erased: what search looks at follows, whoever writes.
create function cases.find_changed_case() returns trigger language plpgsql as $$
begin
  update cases.finding set matter_code = new.matter_code,
    text = lower(concat_ws(E'\n', new.number, new.matter_name, new.place, new.description))
  where case_id = new.id;
  return null;
end $$;
create trigger find_again after update on cases.case for each row
  when ((old.matter_code, old.matter_name, old.description) is distinct from (new.matter_code, new.matter_name, new.description))
  execute function cases.find_changed_case();
comment on table cases.finding is 'What was found, as it is looked for; kept by triggers of cases.case.';
