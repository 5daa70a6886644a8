-- The bank's people: departments, branches, employees, their training, reviews and assignments.

CREATE TABLE public.departments (
    department_id    bigint NOT NULL,
    department_name  text   NOT NULL,
    department_code  text   NOT NULL,
    head_employee_id bigint NOT NULL,
    cost_center      text   NOT NULL,
    CONSTRAINT pk_departments PRIMARY KEY (department_id),
    CONSTRAINT uq_departments_name UNIQUE (department_name),
    CONSTRAINT uq_departments_code UNIQUE (department_code)
);

COMMENT ON TABLE public.departments IS
    'Organizational units of the bank, one row each. Their number is fixed and does not grow with the bank.';
COMMENT ON COLUMN public.departments.department_id IS 'Key of the department.';
COMMENT ON COLUMN public.departments.department_name IS 'Name of the department, for example retail_banking or lending; unique.';
COMMENT ON COLUMN public.departments.department_code IS 'Short code of the department as used in reports; unique.';
COMMENT ON COLUMN public.departments.head_employee_id IS 'Employee who leads the department (employees.employee_id); in a very small bank one person may lead several.';
COMMENT ON COLUMN public.departments.cost_center IS 'Cost center to which the department''s expenses are booked.';

CREATE TABLE public.branches (
    branch_code text   NOT NULL,
    branch_name text   NOT NULL,
    city        text   NOT NULL,
    state       text   NOT NULL,
    branch_id   bigint NOT NULL,
    CONSTRAINT pk_branches PRIMARY KEY (branch_code),
    CONSTRAINT uq_branches_id UNIQUE (branch_id)
);

COMMENT ON TABLE public.branches IS
    'Branches of the bank. Other databases refer to a branch by its code.';
COMMENT ON COLUMN public.branches.branch_code IS 'Key of the branch; every branch_code in every database names a row of this table.';
COMMENT ON COLUMN public.branches.branch_name IS 'Name of the branch as customers know it.';
COMMENT ON COLUMN public.branches.city IS 'City in which the branch stands.';
COMMENT ON COLUMN public.branches.state IS 'Two-letter code of the US state in which the branch stands.';
COMMENT ON COLUMN public.branches.branch_id IS 'Numeric number of the branch, for bookkeeping only; use branch_code to join.';

CREATE TABLE public.employees (
    employee_id       bigint        NOT NULL,
    employee_number   text          NOT NULL,
    first_name        text          NOT NULL,
    last_name         text          NOT NULL,
    email             text          NOT NULL,
    phone             text          NOT NULL,
    role              text          NOT NULL,
    job_title         text          NOT NULL,
    department_id     bigint        NOT NULL,
    branch_code       text          NOT NULL,
    manager_id        bigint,
    hire_date         date          NOT NULL,
    termination_date  date,
    employment_status text          NOT NULL,
    salary            numeric(15,2) NOT NULL,
    CONSTRAINT pk_employees PRIMARY KEY (employee_id),
    CONSTRAINT uq_employees_number UNIQUE (employee_number),
    CONSTRAINT uq_employees_email UNIQUE (email),
    CONSTRAINT uq_employees_phone UNIQUE (phone),
    CONSTRAINT fk_employees_department FOREIGN KEY (department_id) REFERENCES public.departments (department_id),
    CONSTRAINT fk_employees_branch FOREIGN KEY (branch_code) REFERENCES public.branches (branch_code),
    CONSTRAINT fk_employees_manager FOREIGN KEY (manager_id) REFERENCES public.employees (employee_id),
    -- Lower case throughout makes the plain unique constraint a case-folded one.
    CONSTRAINT ck_employees_email CHECK (email = lower(email) AND email LIKE '_%@_%'),
    CONSTRAINT ck_employees_role CHECK (role IN (
        'customer_service_rep', 'loan_officer', 'insurance_agent', 'compliance_officer', 'manager', 'specialist')),
    CONSTRAINT ck_employees_manager CHECK (manager_id <> employee_id),
    CONSTRAINT ck_employees_status CHECK (employment_status IN ('active', 'terminated')),
    CONSTRAINT ck_employees_terminated CHECK ((employment_status = 'terminated') = (termination_date IS NOT NULL)),
    CONSTRAINT ck_employees_dates CHECK (termination_date > hire_date),
    CONSTRAINT ck_employees_salary CHECK (salary > 0)
);

-- A department needs a head and an employee a department: the cycle closes when the transaction commits.
ALTER TABLE public.departments
    ADD CONSTRAINT fk_departments_head FOREIGN KEY (head_employee_id)
    REFERENCES public.employees (employee_id) DEFERRABLE INITIALLY DEFERRED;

CREATE INDEX ix_departments_head ON public.departments (head_employee_id);
CREATE INDEX ix_employees_department ON public.employees (department_id);
CREATE INDEX ix_employees_branch ON public.employees (branch_code);
CREATE INDEX ix_employees_manager ON public.employees (manager_id);

COMMENT ON TABLE public.employees IS
    'Everyone who works or has worked for the bank, one row a person. Employee columns of the other databases point here.';
COMMENT ON COLUMN public.employees.employee_id IS 'Key of the employee; referenced from every database of the bank.';
COMMENT ON COLUMN public.employees.employee_number IS 'Personnel number as printed on the badge; unique.';
COMMENT ON COLUMN public.employees.first_name IS 'Given name.';
COMMENT ON COLUMN public.employees.last_name IS 'Family name.';
COMMENT ON COLUMN public.employees.email IS 'Work e-mail address, in lower case; unique, on a domain reserved for examples.';
COMMENT ON COLUMN public.employees.phone IS 'Work telephone number in a range that is never assigned; unique.';
COMMENT ON COLUMN public.employees.role IS 'What the employee may do: customer_service_rep, loan_officer, insurance_agent, compliance_officer, manager or specialist (risk analysts are specialists).';
COMMENT ON COLUMN public.employees.job_title IS 'Title of the position, finer than role.';
COMMENT ON COLUMN public.employees.department_id IS 'Department the employee belongs to (departments.department_id).';
COMMENT ON COLUMN public.employees.branch_code IS 'Branch the employee works at (branches.branch_code).';
COMMENT ON COLUMN public.employees.manager_id IS 'Direct manager (employees.employee_id); null for heads and independent staff. The graph has no cycle.';
COMMENT ON COLUMN public.employees.hire_date IS 'First day of employment.';
COMMENT ON COLUMN public.employees.termination_date IS 'Last day of employment; set if and only if the employee has left.';
COMMENT ON COLUMN public.employees.employment_status IS 'active or terminated.';
COMMENT ON COLUMN public.employees.salary IS 'Gross base salary in US dollars a year.';

CREATE TABLE public.training_programs (
    program_id           bigint   NOT NULL,
    program_name         text     NOT NULL,
    program_type         text     NOT NULL,
    duration_hours       smallint NOT NULL,
    offers_certification boolean  NOT NULL,
    CONSTRAINT pk_training_programs PRIMARY KEY (program_id),
    CONSTRAINT uq_training_programs_name UNIQUE (program_name),
    CONSTRAINT ck_training_programs_type CHECK (program_type IN (
        'compliance', 'product', 'customer_service', 'technical', 'leadership')),
    CONSTRAINT ck_training_programs_duration CHECK (duration_hours > 0)
);

COMMENT ON TABLE public.training_programs IS
    'Courses the bank offers to its staff. Their number is fixed and does not grow with the bank.';
COMMENT ON COLUMN public.training_programs.program_id IS 'Key of the program.';
COMMENT ON COLUMN public.training_programs.program_name IS 'Name of the course; unique.';
COMMENT ON COLUMN public.training_programs.program_type IS 'Subject: compliance, product, customer_service, technical or leadership.';
COMMENT ON COLUMN public.training_programs.duration_hours IS 'Length of the course in hours.';
COMMENT ON COLUMN public.training_programs.offers_certification IS 'True when completing the course earns a certificate.';

CREATE TABLE public.employee_training (
    training_id     bigint NOT NULL,
    employee_id     bigint NOT NULL,
    program_id      bigint NOT NULL,
    enrollment_date date   NOT NULL,
    status          text   NOT NULL,
    completion_date date,
    score           smallint,
    CONSTRAINT pk_employee_training PRIMARY KEY (training_id),
    CONSTRAINT uq_employee_training_program UNIQUE (employee_id, program_id),
    CONSTRAINT fk_employee_training_employee FOREIGN KEY (employee_id) REFERENCES public.employees (employee_id),
    CONSTRAINT fk_employee_training_program FOREIGN KEY (program_id) REFERENCES public.training_programs (program_id),
    CONSTRAINT ck_employee_training_status CHECK (status IN ('completed', 'in_progress', 'enrolled')),
    CONSTRAINT ck_employee_training_completed CHECK (
        (status = 'completed') = (completion_date IS NOT NULL) AND (status = 'completed') = (score IS NOT NULL)),
    CONSTRAINT ck_employee_training_dates CHECK (completion_date >= enrollment_date),
    CONSTRAINT ck_employee_training_score CHECK (score BETWEEN 0 AND 100)
);

CREATE INDEX ix_employee_training_program ON public.employee_training (program_id);

COMMENT ON TABLE public.employee_training IS
    'Enrollments of employees in training programs, one row for each employee and program.';
COMMENT ON COLUMN public.employee_training.training_id IS 'Key of the enrollment.';
COMMENT ON COLUMN public.employee_training.employee_id IS 'Employee who takes the course (employees.employee_id).';
COMMENT ON COLUMN public.employee_training.program_id IS 'Course taken (training_programs.program_id).';
COMMENT ON COLUMN public.employee_training.enrollment_date IS 'Day of enrollment, on or after the hire date.';
COMMENT ON COLUMN public.employee_training.status IS 'completed, in_progress or enrolled (not yet begun).';
COMMENT ON COLUMN public.employee_training.completion_date IS 'Day of completion; set if and only if the course is completed.';
COMMENT ON COLUMN public.employee_training.score IS 'Final score in points of 100; set if and only if the course is completed.';

CREATE TABLE public.performance_reviews (
    review_id   bigint       NOT NULL,
    employee_id bigint       NOT NULL,
    reviewer_id bigint       NOT NULL,
    review_date date         NOT NULL,
    rating      smallint     NOT NULL,
    goals_met   numeric(5,2) NOT NULL,
    comments    text,
    CONSTRAINT pk_performance_reviews PRIMARY KEY (review_id),
    CONSTRAINT uq_performance_reviews_date UNIQUE (employee_id, review_date),
    CONSTRAINT fk_performance_reviews_employee FOREIGN KEY (employee_id) REFERENCES public.employees (employee_id),
    CONSTRAINT fk_performance_reviews_reviewer FOREIGN KEY (reviewer_id) REFERENCES public.employees (employee_id),
    CONSTRAINT ck_performance_reviews_reviewer CHECK (reviewer_id <> employee_id),
    CONSTRAINT ck_performance_reviews_rating CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT ck_performance_reviews_goals CHECK (goals_met BETWEEN 0 AND 100)
);

CREATE INDEX ix_performance_reviews_reviewer ON public.performance_reviews (reviewer_id);

COMMENT ON TABLE public.performance_reviews IS
    'Annual performance reviews, at most one for each employee and calendar year.';
COMMENT ON COLUMN public.performance_reviews.review_id IS 'Key of the review.';
COMMENT ON COLUMN public.performance_reviews.employee_id IS 'Employee who is reviewed (employees.employee_id).';
COMMENT ON COLUMN public.performance_reviews.reviewer_id IS 'Employee who reviews, usually the manager and never the same person (employees.employee_id).';
COMMENT ON COLUMN public.performance_reviews.review_date IS 'Day of the review, on or after the first anniversary of the hire.';
COMMENT ON COLUMN public.performance_reviews.rating IS 'Overall rating from 1 (poor) to 5 (outstanding).';
COMMENT ON COLUMN public.performance_reviews.goals_met IS 'Share of the year''s goals that were met, in percent.';
COMMENT ON COLUMN public.performance_reviews.comments IS 'The reviewer''s remarks, if any.';

CREATE TABLE public.employee_assignments (
    assignment_id   bigint NOT NULL,
    employee_id     bigint NOT NULL,
    assignment_type text   NOT NULL,
    customer_id     bigint,
    branch_code     text,
    start_date      date   NOT NULL,
    end_date        date,
    CONSTRAINT pk_employee_assignments PRIMARY KEY (assignment_id),
    CONSTRAINT fk_employee_assignments_employee FOREIGN KEY (employee_id) REFERENCES public.employees (employee_id),
    CONSTRAINT fk_employee_assignments_branch FOREIGN KEY (branch_code) REFERENCES public.branches (branch_code),
    CONSTRAINT ck_employee_assignments_type CHECK (assignment_type IN ('customer_portfolio', 'branch_coverage')),
    CONSTRAINT ck_employee_assignments_subject CHECK (
        (assignment_type = 'customer_portfolio') = (customer_id IS NOT NULL)
        AND (assignment_type = 'branch_coverage') = (branch_code IS NOT NULL)),
    CONSTRAINT ck_employee_assignments_dates CHECK (end_date >= start_date)
);

CREATE INDEX ix_employee_assignments_employee ON public.employee_assignments (employee_id);
CREATE INDEX ix_employee_assignments_customer ON public.employee_assignments (customer_id);
CREATE INDEX ix_employee_assignments_branch ON public.employee_assignments (branch_code);

COMMENT ON TABLE public.employee_assignments IS
    'Who looks after which customer, and who covers which branch, over which period.';
COMMENT ON COLUMN public.employee_assignments.assignment_id IS 'Key of the assignment.';
COMMENT ON COLUMN public.employee_assignments.employee_id IS 'Employee who is assigned (employees.employee_id).';
COMMENT ON COLUMN public.employee_assignments.assignment_type IS 'customer_portfolio (a customer) or branch_coverage (a branch).';
COMMENT ON COLUMN public.employee_assignments.customer_id IS 'Customer looked after (accounts_db.customers.customer_id); set for customer_portfolio only.';
COMMENT ON COLUMN public.employee_assignments.branch_code IS 'Branch covered (branches.branch_code); set for branch_coverage only.';
COMMENT ON COLUMN public.employee_assignments.start_date IS 'First day of the assignment.';
COMMENT ON COLUMN public.employee_assignments.end_date IS 'Last day of the assignment; null while it is ongoing.';
