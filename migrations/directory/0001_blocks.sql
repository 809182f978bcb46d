CREATE TABLE `blocks` (
	`blocked_id` text NOT NULL,
	`blocker_id` text NOT NULL,
	`is_active` integer NOT NULL,
	`version` integer NOT NULL,
	PRIMARY KEY(`blocked_id`, `blocker_id`)
);
