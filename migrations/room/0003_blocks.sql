CREATE TABLE `blocks` (
	`user_id` text PRIMARY KEY NOT NULL,
	`blocked` integer NOT NULL,
	`version` integer NOT NULL,
	`since_seq` integer NOT NULL,
	`missed` text NOT NULL,
	`shown` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `members` ADD `concealed` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `messages` ADD `hidden_at` integer;