-- 语音备注是录音，照片是照片。 A voice note is a recording, and no recording serves as a photo.
select e.case_id as subject, e.kind || ' ' || e.sha256 || ' is of the type ' || f.type as wrong
from cases.evidence e join kit.file f on f.sha256 = e.sha256
where (e.kind = 'voice') <> starts_with(f.type, 'audio/')
