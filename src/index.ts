/**
 * What a load file imports: `import { HttpUser, task } from 'katydid'`. Every name is documented where it
 * is defined. Everything else in the package is internal.
 */
export type { HttpOptions, RequestOptions, ResponseCheck } from './http/http-options.ts';
export type { HttpResponse } from './http/http-response.ts';
export type { HttpSession } from './http/http-session.ts';
export { ResponseError } from './http/response-error.ts';
export type { Environment, EnvironmentRunner } from './script/environment.ts';
export { FastHttpUser, HttpUser } from './script/http-user.ts';
export {
  InterruptTaskSet,
  RescheduleTask,
  RescheduleTaskImmediately,
  StopTest,
  StopUser,
} from './script/stop-errors.ts';
export {
  type MemberDecorator,
  type TagDecorator,
  type TaskDecorator,
  tag,
  task,
} from './script/task.ts';
export type { TaskEntries, TaskEntry, TaskFunction, TaskReference } from './script/task-entry.ts';
export { MarkovTaskSet, SequentialTaskSet, TaskSet } from './script/task-set.ts';
export { transition, transitions } from './script/transition.ts';
export { User } from './script/user.ts';
export {
  between,
  constant,
  constantPacing,
  constantThroughput,
  type PacedWaitTime,
  type RandomSource,
  type WaitTime,
} from './script/wait-time.ts';
