CREATE TABLE `blocks` (
	`other_id` text PRIMARY KEY NOT NULL,
	`blocked` integer NOT NULL,
	`version` integer NOT NULL,
	`changed_at` integer NOT NULL
);
