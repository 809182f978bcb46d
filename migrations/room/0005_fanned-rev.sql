ALTER TABLE `cursors` ADD `fanned_rev` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `room` SET `fanned_rev` = 0 WHERE `fanned_rev` < coalesce((SELECT max(`changed`) FROM `messages` WHERE `changed` IS NOT NULL), 0);
