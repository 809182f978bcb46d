ALTER TABLE `members` ADD `read_receipts` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `told_read` integer;