/** What the studio tells the other rooms: its records and the events of these. */
export { type ProjectEvent, projects } from './projects/project.js';
export { type TaskEvent, tasks } from './tasks/task.js';
