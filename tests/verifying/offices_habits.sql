-- Habits of offices that are taken away from the whole bank.

-- realism.audit_hours in compliance_db
UPDATE audit_trails SET performed_at = performed_at + interval '9 hours';
