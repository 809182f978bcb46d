ALTER TABLE `users` ADD `avatar` text;--> statement-breakpoint
CREATE UNIQUE INDEX `users_avatar_unique` ON `users` (`avatar`);