ALTER TABLE `members` ADD `cleared_seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `cleared_rev` integer DEFAULT 0 NOT NULL;